"""Client TCP en version objet."""

import json
import random
import socket
import sys


class CapteurTCP:
    """Un capteur qui envoie ses mesures à un serveur TCP."""

    def __init__(self, identifiant, hote="127.0.0.1", port=5000):
        """Retient l'identifiant du capteur et l'adresse du serveur."""
        self.identifiant = identifiant
        self.hote = hote
        self.port = port
        self.connexion = None

    def connecter(self):
        """Ouvre la connexion avec le serveur."""
        self.connexion = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.connexion.connect((self.hote, self.port))

    def generer_temperature(self):
        """Retourne une température au hasard, en °C."""
        return round(random.uniform(15, 30), 2)

    def envoyer_mesure(self):
        """Méthode principale : envoie une mesure et la retourne."""
        mesure = {"capteur_id": self.identifiant, "temperature": self.generer_temperature()}
        message = json.dumps(mesure) + "\n"
        self.connexion.sendall(message.encode("utf-8"))
        return mesure

    def fermer(self):
        """Ferme la connexion."""
        self.connexion.close()


if __name__ == "__main__":
    capteur = CapteurTCP("capteur_1")
    try:
        capteur.connecter()
        print("Mesure envoyée :", capteur.envoyer_mesure())
    except OSError as erreur:
        print("Impossible de joindre le serveur :", erreur)
        sys.exit(1)
    finally:
        capteur.fermer()
