"""The app shown inside the Saleor Dashboard."""
