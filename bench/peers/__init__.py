"""What a competent user would write instead of our engine, each as its libraries' documentation recommends."""
