"""The words of the renderings, a subject a file: code, English, Chinese."""
