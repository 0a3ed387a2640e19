'use strict';
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');

const FICHIER = path.join(__dirname, 'donnees.txt');
const LIGNE_MAX = 50000;

function enregistrer(ligne) {
  const { capteur_id: capteurId, temperature } = JSON.parse(ligne);
  if (typeof capteurId !== 'string' || typeof temperature !== 'number') {
    throw new Error('capteur_id (texte) et temperature (nombre) attendus');
  }
  const mesure = { capteurId, temperature, date: new Date().toISOString() };
  fs.appendFileSync(FICHIER, JSON.stringify(mesure) + '\n');
}

const serveur = net.createServer((client) => {
  let tampon = '';
  client.setEncoding('utf8');

  const traiter = (ligne) => {
    if (ligne.trim() === '') return;
    try {
      enregistrer(ligne);
      if (client.writable) client.write('reçu\n');
    } catch (err) {
      console.log('refusé :', err.message.slice(0, 100));
      if (client.writable) client.write('refusé\n');
    }
  };

  client.on('data', (texte) => {
    const lignes = (tampon + texte).split('\n');
    tampon = lignes.pop();
    lignes.forEach(traiter);
    if (tampon.length > LIGNE_MAX) {
      tampon = '';
      client.destroy();
    }
  });
  client.on('end', () => traiter(tampon));
  client.on('error', (err) => console.log('client perdu :', err.code));
});

serveur.on('error', (err) => {
  console.error('Serveur :', err.message);
  process.exit(1);
});
serveur.listen(3000, '127.0.0.1', () => console.log('Serveur sur le port 3000'));

process.on('SIGINT', () => {
  console.log('Arrêt');
  process.exit(0);
});
