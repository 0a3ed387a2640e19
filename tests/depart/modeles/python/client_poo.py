"""Client, version objet."""


class CapteurTCP:
    """Un capteur qui envoie ses températures à un serveur."""

    def __init__(self, capteur_id, hote="127.0.0.1", port=5000):
        """Retient ses réglages ; il n'est pas encore connecté."""
        raise NotImplementedError("à écrire : CapteurTCP.__init__")

    def generer(self):
        """Rend une température en °C, un nombre comme 23.5, qui varie d'une fois à l'autre."""
        raise NotImplementedError("à écrire : CapteurTCP.generer")

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
