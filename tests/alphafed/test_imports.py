"""What importing parts of the API loads."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "statement",
    [
        "import alphamed_nb.alphafed",
        "import alphamed_nb.alphafed.contractor.task_message_contractor",
        "import alphamed_nb.alphafed.data_channel",
        "from alphamed_nb.alphafed import mock_context, logger, get_result_dir",
        "import alphamed_nb.alphafed.scheduler",
    ],
)
def test_no_torch_before_fed_avg(statement):
    check = f"{statement}\nimport sys\nassert 'torch' not in sys.modules and 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", check], check=True, timeout=60)


def test_no_tensorboard_before_the_writer_is_used():
    check = "import alphamed_nb.alphafed.fed_avg, sys\nassert 'torch.utils.tensorboard' not in sys.modules"
    subprocess.run([sys.executable, "-c", check], check=True, timeout=120)
