"""Client : ce qui est vrai de tout capteur, puis ce qui ne l'est que d'un capteur TCP."""


class Capteur:
    """Ce que tout capteur sait faire, de quelque façon qu'il envoie ses mesures."""

    def __init__(self, capteur_id):
        """Retient son identifiant."""
        raise NotImplementedError("à écrire : Capteur.__init__")

    def generer(self):
        """Rend une température en °C, un nombre comme 23.5, qui varie d'une fois à l'autre."""
        raise NotImplementedError("à écrire : Capteur.generer")

    def preparer(self, temperature):
        """Rend les octets d'un message : un objet JSON, en UTF-8, suivi d'un saut de ligne."""
        raise NotImplementedError("à écrire : Capteur.preparer")


class CapteurTCP(Capteur):
    """Un capteur qui envoie ses mesures par TCP."""

    def __init__(self, capteur_id, hote="127.0.0.1", port=5000):
        """Retient ses réglages ; il n'est pas encore connecté."""
        raise NotImplementedError("à écrire : CapteurTCP.__init__")

    def connecter(self):
        """Ouvre la connexion au serveur."""
        raise NotImplementedError("à écrire : CapteurTCP.connecter")

    def envoyer(self):
        """Méthode principale : génère une mesure et l'envoie, en se connectant s'il le faut."""
        raise NotImplementedError("à écrire : CapteurTCP.envoyer")

    def fermer(self):
        """Ferme la connexion, s'il y en a une."""
        raise NotImplementedError("à écrire : CapteurTCP.fermer")


if __name__ == "__main__":
    capteur = CapteurTCP("capteur_1")
    capteur.envoyer()
    capteur.fermer()
