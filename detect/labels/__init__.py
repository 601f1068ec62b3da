"""Which label each jurisdiction asks for, and why."""
