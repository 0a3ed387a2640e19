"""Client TCP avec héritage.

L'intérêt de l'héritage : ce qui est commun à tous les capteurs est écrit une
seule fois dans Capteur, et un autre capteur (série, HTTP...) n'aurait que son
envoi à écrire.
"""

import json
import random
import socket
import sys


class Capteur:
    """Classe de base : ce que tous les capteurs ont en commun."""

    def __init__(self, identifiant):
        """Retient l'identifiant du capteur."""
        self.identifiant = identifiant

    def generer_mesure(self):
        """Retourne une mesure : l'identifiant et une température au hasard."""
        return {"capteur_id": self.identifiant, "temperature": round(random.uniform(15, 30), 2)}


class CapteurTCP(Capteur):
    """Classe dérivée : un capteur qui envoie ses mesures par TCP."""

    def __init__(self, identifiant, hote="127.0.0.1", port=5000):
        """Ajoute à un capteur l'adresse du serveur."""
        super().__init__(identifiant)
        self.hote = hote
        self.port = port
        self.connexion = None

    def connecter(self):
        """Ouvre la connexion avec le serveur."""
        self.connexion = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.connexion.connect((self.hote, self.port))

    def envoyer_mesure(self):
        """Méthode principale : envoie une mesure et la retourne."""
        mesure = self.generer_mesure()
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
