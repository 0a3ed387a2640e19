# Station : reçoit les mesures des capteurs v2
from socketserver import ThreadingMixIn, TCPServer, BaseRequestHandler
from json import loads
from datetime import datetime
from threading import Lock

ecriture = Lock()


class Capteur(BaseRequestHandler):
    def handle(self):
        reste = b''
        while True:
            try:
                octets = self.request.recv(1024)
            except OSError:
                return
            if not octets:
                return
            reste += octets
            while b'\r\n' in reste:
                ligne, reste = reste.split(b'\r\n', 1)
                self.mesure(ligne)
            if len(reste) > 5000:
                return

    def mesure(self, ligne):
        try:
            m = loads(ligne)
            nom, valeur, unite = m['sensor_id'], float(m['value']), m.get('unit', 'C')
            if any(ord(c) < 32 for c in nom + unite):
                raise ValueError('caractère interdit')
        except (ValueError, KeyError, TypeError) as err:
            print('Message incompris :', err)
            return
        with ecriture, open('releves.txt', 'a', encoding='utf-8') as f:
            print(datetime.now().strftime('%H:%M:%S'), nom, str(valeur) + '°' + unite, sep=' - ', file=f)


class Station(ThreadingMixIn, TCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


if __name__ == '__main__':
    with Station(('127.0.0.1', 5000), Capteur) as station:
        print('Station en marche, Ctrl-C pour arrêter')
        try:
            station.serve_forever()
        except KeyboardInterrupt:
            print('Station arrêtée')
