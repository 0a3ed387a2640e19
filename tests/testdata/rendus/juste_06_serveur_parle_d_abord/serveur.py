# -*- coding: utf-8 -*-
import socket, json, threading
from datetime import datetime

verrou = threading.Lock()


class GestionClient(threading.Thread):
    """S'occupe d'un capteur : une mesure par connexion."""

    def __init__(self, sock, adresse):
        super().__init__(daemon=True)
        self.sock = sock
        self.adresse = adresse

    def run(self):
        try:
            self.sock.sendall(b'BIENVENUE\n')
            ligne = self.lire_ligne()
            if ligne:
                self.enregistrer(json.loads(ligne))
                self.sock.sendall(b'MERCI\n')
        except (ValueError, KeyError, TypeError) as e:
            print(self.adresse, 'message incorrect', e)
        except OSError as e:
            print(self.adresse, 'coupure', e)
        finally:
            self.sock.close()

    def lire_ligne(self):
        tampon = b''
        while b'\n' not in tampon and len(tampon) < 10000:
            bloc = self.sock.recv(1024)
            if not bloc:
                break
            tampon += bloc
        return tampon.split(b'\n')[0].decode('utf-8')

    def enregistrer(self, donnees):
        capteur = donnees['capteur_id']
        temp = donnees['temperature']
        if '\n' in capteur or '\r' in capteur:
            raise ValueError('identifiant sur plusieurs lignes')
        date = datetime.now().strftime('%d/%m/%Y %H:%M:%S')
        with verrou, open('donnees.txt', 'a', encoding='utf-8') as f:
            f.write(f'{date} | {capteur} | {temp} °C\n')
        print(capteur, temp)


s = socket.socket()
s.bind(('0.0.0.0', 5000))
s.listen()
print('Serveur démarré, port 5000')
try:
    while True:
        GestionClient(*s.accept()).start()
except KeyboardInterrupt:
    print('Au revoir')
finally:
    s.close()
