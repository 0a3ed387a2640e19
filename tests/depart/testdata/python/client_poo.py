"""Client, version objet."""

import json
import random
import socket


class CapteurTCP:
    """Un capteur qui envoie ses températures à un serveur."""

    def __init__(self, capteur_id, hote="127.0.0.1", port=5000):
        """Retient ses réglages ; il n'est pas encore connecté."""
        self.capteur_id, self.adresse, self.connexion = capteur_id, (hote, port), None

    def generer(self):
        """Rend une température en °C, un nombre comme 23.5, qui varie d'une fois à l'autre."""
        return round(random.gauss(20, 5), 2)

    def connecter(self):
        """Ouvre la connexion au serveur."""
        self.connexion = socket.create_connection(self.adresse, timeout=10)

    def envoyer(self):
        """Méthode principale : génère une mesure et l'envoie, en se connectant s'il le faut."""
        if self.connexion is None:
            self.connecter()
        mesure = {"capteur_id": self.capteur_id, "temperature": self.generer()}
        self.connexion.sendall(json.dumps(mesure).encode() + b"\n")

    def fermer(self):
        """Ferme la connexion, s'il y en a une."""
        if self.connexion is not None:
            self.connexion.close()
            self.connexion = None


if __name__ == "__main__":
    capteur = CapteurTCP("capteur_1")
    capteur.envoyer()
    capteur.fermer()
