"""What readers share: posts, the folder, sidecar files, their values, platform labels."""
