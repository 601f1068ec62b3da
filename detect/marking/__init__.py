"""Writing labels into files: implicit ones (metadata), explicit ones (drawn or heard), signed ones.

What only changes metadata is byte surgery: the file is cut into stretches that are copied as they
are and pieces that are new, so pixels and samples cannot change and a large file is never held in
memory.
"""
