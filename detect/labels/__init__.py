"""Which label each jurisdiction asks for, and why.

A label here says what the evidence supports, not what the law requires of a certain person: who
publishes, where, and in which role is not in the file. A tool's label is no legal advice.
"""

from detect.labels.jurisdictions import grade, grade_report

__all__ = ["grade", "grade_report"]
