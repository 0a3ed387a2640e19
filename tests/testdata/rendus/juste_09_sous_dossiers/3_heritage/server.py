import datetime
import os
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import common
from base import BaseServer


class TemperatureServer(BaseServer):
    """Un serveur qui enregistre les températures dans un fichier texte."""

    max_line = common.MAX_LINE

    def __init__(self, address, path):
        super().__init__(address)
        self.path = path
        self.lock = threading.Lock()
        os.makedirs(path.parent, exist_ok=True)

    def handle(self, line):
        """Enregistre la mesure d'une ligne."""
        try:
            sensor_id, temperature = common.decode(line)
        except ValueError as e:
            print("rejected:", e)
            return b'{"status": "error"}\n'
        self.save(sensor_id, temperature)
        return b'{"status": "ok"}\n'

    def save(self, sensor_id, temperature):
        """Ajoute une mesure à la fin du fichier."""
        with self.lock, open(self.path, "a", encoding="utf-8") as f:
            f.write(f"{datetime.datetime.now():%Y-%m-%d %H:%M:%S} | {sensor_id} | {temperature}\n")


if __name__ == "__main__":
    try:
        TemperatureServer(common.ADDRESS, Path(__file__).resolve().parent / "data" / "readings.txt").run()
    except KeyboardInterrupt:
        print("stopped")
