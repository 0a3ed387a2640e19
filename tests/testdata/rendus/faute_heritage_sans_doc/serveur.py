# Serveur TCP : reçoit des températures en JSON et les écrit dans donnees.txt
import json
import socket
import threading
from datetime import datetime

HOTE = "127.0.0.1"
PORT = 5000
FICHIER = "donnees.txt"
TAILLE_MAX = 65536

verrou = threading.Lock()


def lire_mesure(ligne):
    """Retourne (identifiant, température), ou lève ValueError."""
    mesure = json.loads(ligne.decode("utf-8"))
    if not isinstance(mesure, dict):
        raise ValueError("ce n'est pas un objet JSON")
    if "capteur_id" not in mesure or "temperature" not in mesure:
        raise ValueError("il manque un champ")
    identifiant = mesure["capteur_id"]
    temperature = mesure["temperature"]
    if not isinstance(identifiant, str):
        raise ValueError("l'identifiant n'est pas un texte")
    if "\n" in identifiant or "\r" in identifiant:
        raise ValueError("l'identifiant tient sur une ligne")
    if isinstance(temperature, bool) or not isinstance(temperature, (int, float)):
        raise ValueError("la température n'est pas un nombre")
    return identifiant, temperature


def sauvegarder(identifiant, temperature):
    date = datetime.now().strftime("%Y-%m-%d %H:%M:%S")
    with verrou:
        with open(FICHIER, "a", encoding="utf-8") as fichier:
            fichier.write(f"{date};{identifiant};{temperature}\n")


def traiter_ligne(ligne):
    if not ligne.strip():
        return
    try:
        identifiant, temperature = lire_mesure(ligne)
    except ValueError as erreur:
        print("Message refusé :", erreur)
        return
    sauvegarder(identifiant, temperature)
    print(f"{identifiant} : {temperature} °C")


def gerer_client(connexion, adresse):
    tampon = b""
    with connexion:
        while True:
            try:
                morceau = connexion.recv(4096)
            except OSError:
                print("Connexion perdue avec", adresse)
                return
            if not morceau:
                break
            tampon += morceau
            while b"\n" in tampon:
                ligne, tampon = tampon.split(b"\n", 1)
                traiter_ligne(ligne)
            if len(tampon) > TAILLE_MAX:
                print("Message trop long de", adresse)
                return
    traiter_ligne(tampon)


def main():
    serveur = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    serveur.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    serveur.bind((HOTE, PORT))
    serveur.listen(50)
    print(f"Serveur en écoute sur {HOTE}:{PORT}")
    try:
        while True:
            connexion, adresse = serveur.accept()
            fil = threading.Thread(target=gerer_client, args=(connexion, adresse), daemon=True)
            fil.start()
    except KeyboardInterrupt:
        print("Arrêt du serveur")
    finally:
        serveur.close()


if __name__ == "__main__":
    main()
