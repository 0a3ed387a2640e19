"""Serveur, version objet."""


class ServeurTCP:
    """Un serveur qui reçoit les mesures des capteurs et les enregistre."""

    def __init__(self, hote="127.0.0.1", port=5000, fichier="donnees.txt"):
        """Retient ses réglages ; il n'écoute pas encore."""
        raise NotImplementedError("à écrire : ServeurTCP.__init__")

    def ecouter(self):
        """Ouvre le port."""
        raise NotImplementedError("à écrire : ServeurTCP.ecouter")

    def servir(self):
        """Méthode principale : écoute, accepte les connexions et traite chacune."""
        raise NotImplementedError("à écrire : ServeurTCP.servir")

    def traiter_connexion(self, connexion):
        """Lit les messages d'un client, un par ligne, et enregistre chaque mesure, jusqu'à ce qu'il ferme."""
        raise NotImplementedError("à écrire : ServeurTCP.traiter_connexion")

    def lire_mesure(self, message):
        """Rend l'identifiant et la température d'un message ; ValueError s'il ne convient pas."""
        raise NotImplementedError("à écrire : ServeurTCP.lire_mesure")

    def sauvegarder(self, capteur_id, temperature):
        """Ajoute une ligne au fichier : la date, l'identifiant, la température."""
        raise NotImplementedError("à écrire : ServeurTCP.sauvegarder")


if __name__ == "__main__":
    ServeurTCP().servir()
