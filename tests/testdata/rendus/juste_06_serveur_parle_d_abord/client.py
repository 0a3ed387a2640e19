# -*- coding: utf-8 -*-
# PROTOCOLE :
#   serveur -> client : BIENVENUE
#   client -> serveur : {"capteur_id": ..., "temperature": ...}
#   serveur -> client : MERCI
import socket, json, random, sys

s = socket.socket()
s.settimeout(5)
try:
    s.connect(('127.0.0.1', 5000))
    flux = s.makefile('rw', encoding='utf-8', newline='\n')
    accueil = flux.readline()
    if accueil.strip() != 'BIENVENUE':
        print('Ce n\'est pas le bon serveur :', repr(accueil))
        sys.exit(1)
    temp = round(20 + 5 * random.random(), 2)
    flux.write(json.dumps({'capteur_id': 'capteur_cuisine', 'temperature': temp}) + '\n')
    flux.flush()
    print(temp, 'envoyé, le serveur répond', flux.readline().strip())
except OSError as e:
    print('Erreur réseau :', e)
    sys.exit(1)
finally:
    s.close()
