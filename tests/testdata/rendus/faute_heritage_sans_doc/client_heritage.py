import json
import random
import socket
import sys


class Capteur:
    def __init__(self, identifiant):
        self.identifiant = identifiant

    def generer_mesure(self):
        return {"capteur_id": self.identifiant, "temperature": round(random.uniform(15, 30), 2)}


class CapteurTCP(Capteur):
    def __init__(self, identifiant, hote="127.0.0.1", port=5000):
        super().__init__(identifiant)
        self.hote = hote
        self.port = port
        self.connexion = None

    def connecter(self):
        self.connexion = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.connexion.connect((self.hote, self.port))

    def envoyer_mesure(self):
        mesure = self.generer_mesure()
        message = json.dumps(mesure) + "\n"
        self.connexion.sendall(message.encode("utf-8"))
        return mesure

    def fermer(self):
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
