"""Serveur : il reçoit les mesures des capteurs et les enregistre."""

HOTE = "127.0.0.1"
PORT = 5000
FICHIER = "donnees.txt"


def ecouter(hote, port):
    """Rend une socket qui écoute sur ce port."""
    raise NotImplementedError("à écrire : ecouter")


def servir(ecoute):
    """Accepte les connexions, et traite chacune."""
    raise NotImplementedError("à écrire : servir")


def traiter_connexion(connexion):
    """Lit les messages d'un client, un par ligne, et enregistre chaque mesure, jusqu'à ce qu'il ferme."""
    raise NotImplementedError("à écrire : traiter_connexion")


def lire_mesure(message):
    """Rend l'identifiant et la température d'un message ; ValueError s'il ne convient pas."""
    raise NotImplementedError("à écrire : lire_mesure")


def sauvegarder(capteur_id, temperature):
    """Ajoute une ligne au fichier : la date, l'identifiant, la température."""
    raise NotImplementedError("à écrire : sauvegarder")


if __name__ == "__main__":
    servir(ecouter(HOTE, PORT))
