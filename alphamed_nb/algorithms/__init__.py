"""The mathematics and protocols of federated algorithms: no link, no hub, no notebook."""
