"""Serveur : ce qui est vrai de tout serveur, puis ce qui ne l'est que d'un serveur de mesures."""


class Serveur:
    """Ce que tout serveur sait faire, quoi qu'on s'y dise : écouter, et gérer des connexions."""

    def __init__(self, hote, port):
        """Retient ses réglages ; il n'écoute pas encore."""
        raise NotImplementedError("à écrire : Serveur.__init__")

    def ecouter(self):
        """Ouvre le port."""
        raise NotImplementedError("à écrire : Serveur.ecouter")

    def servir(self):
        """Méthode principale : écoute, accepte les connexions et traite chacune."""
        raise NotImplementedError("à écrire : Serveur.servir")

    def traiter_connexion(self, connexion):
        """Ce qu'on fait d'une connexion : chaque sorte de serveur le dit."""
        raise NotImplementedError("chaque sorte de serveur a la sienne")


class ServeurTCP(Serveur):
    """Un serveur qui reçoit des mesures en JSON et les enregistre."""

    def __init__(self, hote="127.0.0.1", port=5000, fichier="donnees.txt"):
        """Retient ses réglages ; il n'écoute pas encore."""
        raise NotImplementedError("à écrire : ServeurTCP.__init__")

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
