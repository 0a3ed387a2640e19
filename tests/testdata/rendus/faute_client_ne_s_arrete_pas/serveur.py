"""Serveur de mesures : une mesure JSON par ligne reçue, une ligne JSON par mesure dans le fichier."""

import json
import math
import socket
import threading
import time

ADRESSE = ("0.0.0.0", 65432)
CHEMIN = "mesures.jsonl"
LIMITE = 100_000

verrou_fichier = threading.Lock()


def verifier(objet):
    if not isinstance(objet, dict):
        return "un objet est attendu"
    capteur = objet.get("capteur_id")
    if not isinstance(capteur, str) or capteur == "":
        return "capteur_id absent ou incorrect"
    valeur = objet.get("temperature")
    if type(valeur) not in (int, float) or not math.isfinite(valeur):
        return "temperature absente ou incorrecte"
    return None


def enregistrer(objet):
    ligne = {
        "date": time.strftime("%Y-%m-%dT%H:%M:%S"),
        "capteur_id": objet["capteur_id"],
        "temperature": objet["temperature"],
    }
    with verrou_fichier, open(CHEMIN, "a", encoding="utf-8") as f:
        f.write(json.dumps(ligne, ensure_ascii=False) + "\n")


def traiter(message):
    """Enregistre un message et retourne la réponse à envoyer."""
    try:
        objet = json.loads(message)
    except ValueError:
        return "ERREUR JSON invalide"
    probleme = verifier(objet)
    if probleme:
        return "ERREUR " + probleme
    enregistrer(objet)
    print("Reçu :", objet["capteur_id"], objet["temperature"])
    return "OK"


def est_complet(octets):
    try:
        json.loads(octets)
        return True
    except ValueError:
        return False


def servir_client(conn, adr):
    print("Connexion de", adr)
    reste = b""
    try:
        while True:
            donnees = conn.recv(2048)
            if not donnees:
                break
            reste += donnees
            messages = reste.split(b"\n")
            reste = messages.pop()
            # le dernier message peut arriver sans retour à la ligne
            if reste.endswith(b"}") and est_complet(reste):
                messages.append(reste)
                reste = b""
            for message in messages:
                if message.strip():
                    conn.sendall((traiter(message) + "\n").encode())
            if len(reste) > LIMITE:
                conn.sendall(b"ERREUR message trop long\n")
                break
    except (ConnectionError, OSError) as e:
        print("Connexion interrompue :", e)
    finally:
        conn.close()
        print("Fin de", adr)


def demarrer():
    with socket.socket() as ecoute:
        ecoute.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ecoute.bind(ADRESSE)
        ecoute.listen(20)
        print("Le serveur attend des clients sur le port", ADRESSE[1])
        while True:
            conn, adr = ecoute.accept()
            threading.Thread(target=servir_client, args=(conn, adr), daemon=True).start()


try:
    demarrer()
except KeyboardInterrupt:
    print("\nServeur arrêté.")
