"""An audit of a whole account: a journal that survives, a runner, engines, the report."""
