import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import common
from base import Sensor


class TcpSensor(Sensor):
    """Un capteur qui transmet par TCP."""

    def __init__(self, sensor_id, address=common.ADDRESS):
        super().__init__(sensor_id)
        self.address = address

    def transmit(self, temperature):
        """Envoie la température et rend la réponse du serveur, vide s'il n'en donne pas."""
        with socket.create_connection(self.address, timeout=3) as sock:
            sock.sendall(common.encode(self.sensor_id, temperature))
            sock.shutdown(socket.SHUT_WR)
            try:
                return sock.recv(200).decode().strip()
            except OSError:
                return ""


if __name__ == "__main__":
    sensor = TcpSensor("capteur_nord")
    try:
        temperature, answer = sensor.send()
    except OSError as e:
        print("serveur injoignable :", e)
    else:
        print(f"{sensor.sensor_id} {temperature} -> {answer or 'pas de réponse'}")
