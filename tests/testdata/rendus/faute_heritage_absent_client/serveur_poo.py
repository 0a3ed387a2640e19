"""Serveur TCP en version objet."""

import json
import socket
import threading
from datetime import datetime


class ServeurTCP:
    """Un serveur qui reçoit des mesures en JSON et les écrit dans un fichier."""

    TAILLE_MAX = 65536

    def __init__(self, hote="127.0.0.1", port=5000, fichier="donnees.txt"):
        """Retient l'adresse d'écoute et le fichier de sauvegarde."""
        self.hote = hote
        self.port = port
        self.fichier = fichier
        self.verrou = threading.Lock()

    def lancer(self):
        """Méthode principale : écoute et donne un fil à chaque client."""
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as ecoute:
            ecoute.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            ecoute.bind((self.hote, self.port))
            ecoute.listen(50)
            print(f"Serveur en écoute sur {self.hote}:{self.port}")
            while True:
                connexion, adresse = ecoute.accept()
                threading.Thread(target=self.gerer_client, args=(connexion,), daemon=True).start()

    def gerer_client(self, connexion):
        """Lit les messages d'un client, ligne par ligne."""
        tampon = b""
        with connexion:
            while True:
                try:
                    morceau = connexion.recv(4096)
                except OSError:
                    print("Connexion perdue")
                    return
                if not morceau:
                    break
                tampon += morceau
                while b"\n" in tampon:
                    ligne, tampon = tampon.split(b"\n", 1)
                    self.traiter(ligne)
                if len(tampon) > self.TAILLE_MAX:
                    print("Message trop long")
                    return
        self.traiter(tampon)

    def traiter(self, ligne):
        """Enregistre la mesure que contient une ligne, si elle est correcte."""
        if not ligne.strip():
            return
        try:
            identifiant, temperature = self.extraire(ligne)
        except ValueError as erreur:
            print("Message refusé :", erreur)
            return
        self.sauvegarder(identifiant, temperature)
        print(f"{identifiant} : {temperature} °C")

    def extraire(self, ligne):
        """Retourne l'identifiant et la température d'un message JSON."""
        mesure = json.loads(ligne.decode("utf-8"))
        if not isinstance(mesure, dict):
            raise ValueError("ce n'est pas un objet JSON")
        identifiant = mesure.get("capteur_id")
        temperature = mesure.get("temperature")
        if not isinstance(identifiant, str) or "\n" in identifiant or "\r" in identifiant:
            raise ValueError("identifiant incorrect")
        if isinstance(temperature, bool) or not isinstance(temperature, (int, float)):
            raise ValueError("température incorrecte")
        return identifiant, temperature

    def sauvegarder(self, identifiant, temperature):
        """Ajoute une ligne au fichier de sauvegarde."""
        date = datetime.now().strftime("%Y-%m-%d %H:%M:%S")
        with self.verrou:
            with open(self.fichier, "a", encoding="utf-8") as f:
                f.write(f"{date};{identifiant};{temperature}\n")


if __name__ == "__main__":
    try:
        ServeurTCP().lancer()
    except KeyboardInterrupt:
        print("Arrêt du serveur")
