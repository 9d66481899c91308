"""The types of the API, one file a noun. They show rows; what rows mean is decided below."""
