"""Worker processes that touch the bytes of files: started, spoken to, confined."""
