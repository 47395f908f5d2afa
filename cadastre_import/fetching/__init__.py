"""Downloads the official files of a territory and imports them: the only part that goes out on the network."""
