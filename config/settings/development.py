"""What the settings of the demo and of the tests share: the simulator, the demo and a broker that needs no server."""

from config.settings.base import *
from config.settings.base import CELERY_BROKER_TRANSPORT_OPTIONS, CELERY_BROKER_URL, DATA_DIR, INSTALLED_APPS, env

INSTALLED_APPS = [*INSTALLED_APPS, "simulator", "demo"]
SIMULATOR_SMTP_PORT = env.int("SIMULATOR_SMTP_PORT", default=8025)

# With no CELERY_BROKER_URL, messages are files in the data folder.
BROKER_FOLDER = DATA_DIR / "broker"
if not CELERY_BROKER_URL:
    CELERY_BROKER_URL = "filesystem://localhost//"
    CELERY_BROKER_TRANSPORT = "demo.local.file_broker:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_FOLDER / "messages"),
        "data_folder_out": str(BROKER_FOLDER / "messages"),
        "control_folder": str(BROKER_FOLDER / "control"),
        "processed_folder": str(BROKER_FOLDER / "processed"),
        "store_processed": False,
        "polling_interval": 0.2,
    }
