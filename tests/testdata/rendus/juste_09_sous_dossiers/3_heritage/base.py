"""Les classes de base du capteur et du serveur.

Intérêt de l'héritage : les classes dérivées n'écrivent que ce qui change (comment on lit, comment on envoie, ce qu'on
fait d'une ligne) ; le reste est hérité. ABC empêche d'oublier une méthode.
"""

import random
import socket
import threading
from abc import ABC, abstractmethod


class Sensor(ABC):
    """Un capteur quelconque : il a un identifiant et lit des températures."""

    def __init__(self, sensor_id):
        self.sensor_id = sensor_id

    def read(self):
        """Rend une température simulée."""
        return round(random.triangular(10, 30, 20), 2)

    def send(self):
        """Méthode principale : lit une température et la transmet."""
        temperature = self.read()
        return temperature, self.transmit(temperature)

    @abstractmethod
    def transmit(self, temperature):
        """Transmet une température et rend la réponse reçue."""


class BaseServer(ABC):
    """Un serveur TCP par lignes, un fil par connexion."""

    max_line = 8192

    def __init__(self, address):
        self.address = address

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
                while line := lines.readline(self.max_line):
                    sock.sendall(self.handle(line))
                    if not line.endswith(b"\n"):
                        return
            except OSError:
                pass

    @abstractmethod
    def handle(self, line):
        """Traite une ligne et rend la réponse."""
