"""From a declared address to a point: cleaning, providers, and the service that writes what was found."""
