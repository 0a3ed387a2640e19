"""Client, version objet."""

import json
import random
import socket
import sys


class CapteurTCP:
    """Un capteur de température qui envoie ses mesures à un serveur TCP."""

    def __init__(self, capteur_id, hote="127.0.0.1", port=5000):
        """Le capteur n'est pas encore connecté."""
        self.capteur_id = capteur_id
        self.hote = hote
        self.port = port
        self.connexion = None

    def connecter(self):
        """Ouvre la connexion avec le serveur."""
        self.connexion = socket.create_connection((self.hote, self.port), timeout=5)

    def fermer(self):
        """Ferme la connexion, si elle est ouverte."""
        if self.connexion is not None:
            self.connexion.close()
            self.connexion = None

    def generer_mesure(self):
        """Rend une température au hasard, en degrés Celsius."""
        return round(random.uniform(-5, 35), 2)

    def envoyer_mesure(self):
        """Méthode principale : génère une mesure, l'envoie et la rend."""
        if self.connexion is None:
            self.connecter()
        temperature = self.generer_mesure()
        message = {"capteur_id": self.capteur_id, "temperature": temperature}
        self.connexion.sendall((json.dumps(message) + "\n").encode("utf-8"))
        return temperature


if __name__ == "__main__":
    capteur = CapteurTCP("capteur_1")
    try:
        temperature = capteur.envoyer_mesure()
    except OSError as erreur:
        sys.exit(f"Le serveur {capteur.hote}:{capteur.port} ne répond pas ({erreur}).")
    finally:
        capteur.fermer()
    print(f"{capteur.capteur_id} : {temperature} °C envoyés")
