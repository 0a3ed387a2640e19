import datetime
import os
import socket
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import common


class Store:
    """Le fichier des mesures : une par ligne, `date | capteur | température`."""

    def __init__(self, path):
        self.path = path
        self.lock = threading.Lock()
        os.makedirs(path.parent, exist_ok=True)

    def save(self, sensor_id, temperature):
        """Ajoute une mesure à la fin du fichier."""
        with self.lock, open(self.path, "a", encoding="utf-8") as f:
            f.write(f"{datetime.datetime.now():%Y-%m-%d %H:%M:%S} | {sensor_id} | {temperature}\n")


class Server:
    """Reçoit les mesures des capteurs, un fil par connexion."""

    def __init__(self, address, store):
        self.address = address
        self.store = store

    def run(self):
        """Méthode principale : accepte des connexions sans fin."""
        with socket.create_server(self.address) as listener:
            print("listening on", *self.address)
            while True:
                sock, _ = listener.accept()
                threading.Thread(target=self.serve, args=[sock], daemon=True).start()

    def serve(self, sock):
        """Traite une connexion jusqu'à sa fin."""
        with sock, sock.makefile("rb") as lines:
            try:
                while line := lines.readline(common.MAX_LINE):
                    ok = self.handle(line)
                    sock.sendall(b'{"status": "ok"}\n' if ok else b'{"status": "error"}\n')
                    if not line.endswith(b"\n"):
                        return
            except OSError:
                pass

    def handle(self, line):
        """Enregistre la mesure d'une ligne ; rend False si la ligne n'en est pas une."""
        try:
            sensor_id, temperature = common.decode(line)
        except ValueError as e:
            print("rejected:", e)
            return False
        self.store.save(sensor_id, temperature)
        return True


if __name__ == "__main__":
    store = Store(Path(__file__).resolve().parent / "data" / "readings.txt")
    try:
        Server(common.ADDRESS, store).run()
    except KeyboardInterrupt:
        print("stopped")
