"""Client : ce qui est vrai de tout capteur, puis ce qui ne l'est que d'un capteur TCP."""

import json
import random
import socket


class Capteur:
    """Ce que tout capteur sait faire, de quelque façon qu'il envoie ses mesures."""

    def __init__(self, capteur_id):
        """Retient son identifiant."""
        self.capteur_id = capteur_id

    def generer(self):
        """Rend une température en °C, un nombre comme 23.5, qui varie d'une fois à l'autre."""
        return round(random.gauss(20, 5), 2)

    def preparer(self, temperature):
        """Rend les octets d'un message : un objet JSON, en UTF-8, suivi d'un saut de ligne."""
        return json.dumps({"capteur_id": self.capteur_id, "temperature": temperature}).encode() + b"\n"


class CapteurTCP(Capteur):
    """Un capteur qui envoie ses mesures par TCP."""

    def __init__(self, capteur_id, hote="127.0.0.1", port=5000):
        """Retient ses réglages ; il n'est pas encore connecté."""
        super().__init__(capteur_id)
        self.adresse, self.connexion = (hote, port), None

    def connecter(self):
        """Ouvre la connexion au serveur."""
        self.connexion = socket.create_connection(self.adresse, timeout=10)

    def envoyer(self):
        """Méthode principale : génère une mesure et l'envoie, en se connectant s'il le faut."""
        if self.connexion is None:
            self.connecter()
        self.connexion.sendall(self.preparer(self.generer()))

    def fermer(self):
        """Ferme la connexion, s'il y en a une."""
        if self.connexion is not None:
            self.connexion.close()
            self.connexion = None


if __name__ == "__main__":
    capteur = CapteurTCP("capteur_1")
    capteur.envoyer()
    capteur.fermer()
