"""Client : un capteur relève une température et l'envoie au serveur."""

HOTE = "127.0.0.1"
PORT = 5000
CAPTEUR_ID = "capteur_1"


def generer():
    """Rend une température en °C, un nombre comme 23.5, qui varie d'une fois à l'autre."""
    raise NotImplementedError("à écrire : generer")


def preparer(capteur_id, temperature):
    """Rend les octets d'un message : un objet JSON, en UTF-8, suivi d'un saut de ligne."""
    raise NotImplementedError("à écrire : preparer")


def envoyer(hote, port, message):
    """Se connecte au serveur, lui envoie le message et ferme la connexion."""
    raise NotImplementedError("à écrire : envoyer")


if __name__ == "__main__":
    envoyer(HOTE, PORT, preparer(CAPTEUR_ID, generer()))
