#!/usr/bin/env python3
# Serveur : un fil par client, un fichier CSV.
import csv
import json
import os
import socket
import threading
import time

PORT = 65432
CSV = "mesures.csv"
ENTETE = ["capteur_id", "temperature", "timestamp"]

verrou = threading.Lock()


def enregistrer(capteur_id, temperature):
    with verrou:
        nouveau = not os.path.exists(CSV) or os.path.getsize(CSV) == 0
        with open(CSV, "a", newline="", encoding="utf-8") as fichier:
            sortie = csv.writer(fichier)
            if nouveau:
                sortie.writerow(ENTETE)
            sortie.writerow([capteur_id, temperature, time.strftime("%Y-%m-%d %H:%M:%S")])


def traiter(ligne):
    mesure = json.loads(ligne)
    # une mesure doit tenir sur une ligne du fichier
    capteur_id = str(mesure["capteur_id"]).replace("\r", " ").replace("\n", " ")
    temperature = mesure["temperature"]
    float(temperature)  # refuse ce qui n'est pas un nombre
    enregistrer(capteur_id, temperature)
    print(f"{capteur_id} : {temperature} °C")


def servir(client, adresse):
    with client:
        try:
            for ligne in client.makefile("r", encoding="utf-8"):
                if not ligne.strip():
                    continue
                try:
                    traiter(ligne)
                except (ValueError, KeyError, TypeError) as erreur:
                    print(f"{adresse} : message refusé ({erreur!r})")
        except (OSError, UnicodeDecodeError) as erreur:
            print(f"{adresse} : connexion perdue ({erreur})")


def main():
    with socket.socket() as ecoute:
        ecoute.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ecoute.bind(("", PORT))
        ecoute.listen()
        print(f"En attente de capteurs sur le port {PORT} (Ctrl-C pour arrêter)")
        try:
            while True:
                client, adresse = ecoute.accept()
                threading.Thread(target=servir, args=(client, adresse), daemon=True).start()
        except KeyboardInterrupt:
            print("\nArrêt du serveur.")


if __name__ == "__main__":
    main()
