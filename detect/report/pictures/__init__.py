"""Pictures of reports: thumbnails, crops of evidence, heat maps laid over them."""
