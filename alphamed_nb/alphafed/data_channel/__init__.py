"""Large byte strings, such as model parameters, between the nodes of a task."""

from .shared_file_data_channel import DataChannelException, SharedFileDataChannel

__all__ = ["DataChannelException", "SharedFileDataChannel"]
