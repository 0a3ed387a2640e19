"""Serveur, version objet."""

import json
import socket
from datetime import datetime, timezone


class ServeurTCP:
    """Un serveur qui reçoit les mesures des capteurs et les enregistre."""

    def __init__(self, hote="127.0.0.1", port=5000, fichier="donnees.txt"):
        """Retient ses réglages ; il n'écoute pas encore."""
        self.adresse, self.fichier, self.ecoute = (hote, port), fichier, None

    def ecouter(self):
        """Ouvre le port."""
        self.ecoute = socket.create_server(self.adresse)

    def servir(self):
        """Méthode principale : écoute, accepte les connexions et traite chacune."""
        self.ecouter()
        while True:
            connexion, _ = self.ecoute.accept()
            with connexion:
                self.traiter_connexion(connexion)

    def traiter_connexion(self, connexion):
        """Lit les messages d'un client, un par ligne, et enregistre chaque mesure, jusqu'à ce qu'il ferme."""
        for message in connexion.makefile("rb"):
            try:
                self.sauvegarder(*self.lire_mesure(message))
            except ValueError as erreur:
                print("refusé :", erreur)

    def lire_mesure(self, message):
        """Rend l'identifiant et la température d'un message ; ValueError s'il ne convient pas."""
        mesure = json.loads(message)
        if not isinstance(mesure, dict) or not {"capteur_id", "temperature"} <= mesure.keys():
            raise ValueError("il manque capteur_id ou temperature")
        return mesure["capteur_id"], mesure["temperature"]

    def sauvegarder(self, capteur_id, temperature):
        """Ajoute une ligne au fichier : la date, l'identifiant, la température."""
        with open(self.fichier, "a", encoding="utf-8") as fichier:
            print(json.dumps([datetime.now(timezone.utc).isoformat(), capteur_id, temperature]), file=fichier)


if __name__ == "__main__":
    ServeurTCP().servir()
