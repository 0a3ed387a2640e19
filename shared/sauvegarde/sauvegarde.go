// Package sauvegarde enregistre durablement les mesures : dans un fichier texte, une ligne par mesure, ou dans une base
// de données, une table « mesures » avec identifiant, température et timestamp, comme le demande l'énoncé.
//
// Quel que soit le moteur, quand [Sauvegarde.Sauvegarder] rend nil les mesures survivent à une coupure de courant, et
// des appels simultanés partagent une même écriture : voir groupe.go.
package sauvegarde

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"strings"
	"time"

	"capteurs/shared/mesure"
)

// Enregistrement est une mesure enregistrée.
type Enregistrement struct {
	mesure.Mesure
	Horodatage time.Time // réception par le serveur, en UTC, à la microseconde
}

// Sauvegarde est un endroit où les mesures sont enregistrées. Elle sert à plusieurs goroutines à la fois.
type Sauvegarde interface {
	// Sauvegarder enregistre des mesures reçues à l'instant. Quand elle rend nil toutes sont durables ; quand elle
	// rend une erreur aucune n'est enregistrée, ni ne le sera plus tard, à moins que la base n'ait été perdue pendant qu'elle
	// validait (l'erreur le dit) ou son fichier retiré ou coupé pendant l'écriture : on ne peut alors pas savoir. Elle ne
	// garde pas mesures après son retour.
	Sauvegarder(ctx context.Context, mesures []mesure.Mesure) error

	// Relire rend ce qui est enregistré, dans l'ordre ; une erreur termine la suite.
	Relire(ctx context.Context) iter.Seq2[Enregistrement, error]

	// Close attend la fin des écritures demandées et ferme. Les appels suivants échouent.
	io.Closer

	// String rend l'URL de la sauvegarde, sans mot de passe.
	fmt.Stringer
}

// Rouvrable est une [Sauvegarde] dont un autre programme peut déplacer le fichier pendant qu'elle sert, comme le fait une rotation
// de journaux. Toutes celles que rend [Ouvrir] le sont ; seul le fichier texte y a quelque chose à faire.
type Rouvrable interface {
	// Rouvrir passe, entre deux écritures, au fichier qui a pris la place de l'ancien, ou en crée un. Elle rend une erreur si
	// c'est impossible : les mesures sont alors refusées comme avant l'appel, jusqu'à un autre essai.
	Rouvrir(ctx context.Context) error
}

// ParDefaut est l'URL de la sauvegarde quand on n'en choisit pas.
const ParDefaut = "sqlite:donnees.db"

// moteur écrit pour de bon ; groupe en fait une Sauvegarde. Une seule goroutine écrit à la fois, d'autres peuvent relire.
type moteur interface {
	ecrire(ctx context.Context, tranches []*tranche) error // toutes durables, ou aucune
	relire(ctx context.Context) iter.Seq2[Enregistrement, error]
	fermer() error
	String() string
}

// tranche est ce qu'un appel à Sauvegarder apporte à une écriture.
type tranche struct {
	mesures []mesure.Mesure
	recu    time.Time
	erreur  error // ce qu'il en est advenu, une fois son lot écrit
}

// moteurs dit, pour chaque genre d'URL, comment l'ouvrir.
var moteurs = map[string]func(ctx context.Context, url string, journal *slog.Logger) (moteur, error){
	"texte":    ouvrirTexte,
	"sqlite":   ouvrirSQLite,
	"postgres": ouvrirPostgres, "postgresql": ouvrirPostgres,
	"mariadb": ouvrirMariaDB, "mysql": ouvrirMariaDB,
}

// Ouvrir ouvre une sauvegarde, en la créant si elle n'existe pas :
//
//	texte:donnees.txt      un objet JSON par ligne
//	sqlite:donnees.db      une base SQLite
//	postgres://…           une base PostgreSQL, ou qui en parle le protocole (postgresql:// aussi)
//	mariadb://…            une base MariaDB ou MySQL, ou qui en parle le protocole (mysql:// aussi)
//
// Les fichiers sont créés lisibles de leur seul propriétaire. Une base distante absente est attendue une minute. Une URL
// inconnue, un fichier d'une autre nature, abîmé, verrouillé ou impossible à écrire, une base qui refuse est une erreur
// qui le nomme, sans mot de passe. Ce qui n'empêche pas de servir, et que l'exploitant doit savoir, va au journal.
func Ouvrir(ctx context.Context, url string, journal *slog.Logger) (Sauvegarde, error) {
	genre, reste, _ := strings.Cut(url, ":")
	ouvrir, connu := moteurs[genre]
	if !connu || reste == "" {
		return nil, fmt.Errorf("sauvegarde %q inconnue : donnez texte:FICHIER, sqlite:FICHIER, postgres://… ou mariadb://…, par exemple %s",
			SansMotDePasse(url), ParDefaut)
	}
	m, err := ouvrir(ctx, url, cmp.Or(journal, slog.New(slog.DiscardHandler)))
	if err != nil {
		return nil, fmt.Errorf("sauvegarde %s impossible à ouvrir : %w", SansMotDePasse(url), err)
	}
	return nouveauGroupe(m), nil
}

// echouer rend l'erreur d'une écriture : un refus si la base ne veut pas de ces mesures-là, une panne sinon.
func echouer(err error, refusees func(error) bool, expliquer func(error) error) error {
	if errors.As(err, new(refus)) || err != nil && refusees(err) {
		return refus{mesure.Panne{Conseil: "la base refuse ces mesures, le journal du serveur dit pourquoi", Cause: err}}
	}
	return enPanne(expliquer(err))
}

// compter vérifie qu'une base a écrit toutes les lignes : un déclencheur ou une règle peut en écarter sans une erreur, et on
// confirmerait des mesures qui n'y sont pas.
func compter(ecrites, total int64) error {
	if ecrites != total {
		return refus{fmt.Errorf("la table mesures a écarté %d ligne sur %d, retirez le déclencheur ou la règle qui en écarte", total-ecrites, total)}
	}
	return nil
}

// verifierColonnes refuse une table mesures où tout ne tiendrait pas : une mesure y échouerait, ou s'y altérerait.
func verifierColonnes(obtenues, attendues string) error {
	if obtenues != attendues {
		return fmt.Errorf("cette base a déjà une autre table mesures(%s) au lieu de mesures(%s) : modifiez-la, renommez-la ou choisissez une autre base",
			obtenues, attendues)
	}
	return nil
}

// enPanne fait de l'erreur d'un moteur une panne, dont le client n'apprendra pas la cause, si ce n'en est pas une déjà.
func enPanne(err error) error {
	if err == nil || errors.As(err, new(mesure.Panne)) {
		return err
	}
	return mesure.Panne{Conseil: "écriture refusée, le journal du serveur dit pourquoi", Cause: err}
}

// ErrFermee dit que la sauvegarde a été fermée.
var ErrFermee = errors.New("sauvegarde fermée")

// horodatage est la forme ISO 8601 des dates enregistrées : en UTC, à la microseconde, de largeur fixe.
const horodatage = "2006-01-02T15:04:05.000000Z"
