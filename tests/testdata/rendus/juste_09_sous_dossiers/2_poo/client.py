import random
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import common


class Sensor:
    """Un capteur qui sait lire une température et l'envoyer."""

    def __init__(self, sensor_id, address=common.ADDRESS):
        self.sensor_id = sensor_id
        self.address = address

    def read(self):
        """Rend une température simulée."""
        return round(random.triangular(10, 30, 20), 2)

    def send(self):
        """Méthode principale : lit, envoie et rend (température, réponse du serveur)."""
        temperature = self.read()
        with socket.create_connection(self.address, timeout=3) as sock:
            sock.sendall(common.encode(self.sensor_id, temperature))
            sock.shutdown(socket.SHUT_WR)
            return temperature, self._answer(sock)

    def _answer(self, sock):
        """La réponse du serveur ; vide s'il n'en donne pas."""
        try:
            return sock.recv(200).decode().strip()
        except OSError:
            return ""


if __name__ == "__main__":
    try:
        temperature, answer = Sensor("capteur_nord").send()
    except OSError as e:
        print("serveur injoignable :", e)
    else:
        print(f"capteur_nord {temperature} -> {answer or 'pas de réponse'}")
