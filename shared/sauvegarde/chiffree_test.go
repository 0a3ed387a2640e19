package sauvegarde

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// Une base qui ne sait pas chiffrer, alors que l'URL l'exige, ne reçoit rien qui porte un mot de passe : ni compte, ni
// défi résolu.
func TestUneBaseQuiNeChiffrePasNApprendRien(t *testing.T) {
	const demandeTLS = "\x00\x00\x00\x08\x04\xd2\x16\x2f" // SSLRequest de PostgreSQL
	// Le salut d'une MariaDB : protocole 10, sans la capacité CLIENT_SSL, compte vérifié par mysql_native_password.
	corps := "\x0a10.11\x00\x01\x00\x00\x00aaaaaaaa\x00" + "\x00\x82\x2d\x02\x00\x08\x00\x15" + strings.Repeat("\x00", 10) + "aaaaaaaaaaaa\x00mysql_native_password\x00"
	for url, c := range map[string]struct {
		salut, refus string // ce que dit la base : d'abord, puis une fois qu'on lui a parlé
		attendu      string // tout ce qu'elle doit avoir reçu
	}{
		"postgres://eleve:secret@HOTE/base?sslmode=require":     {"", "N", demandeTLS},
		"postgres://eleve:secret@HOTE/base?sslmode=verify-full": {"", "N", demandeTLS},
		"mariadb://eleve:secret@HOTE/base?tls=true":             {string([]byte{byte(len(corps)), 0, 0, 0}) + corps, "", ""},
	} {
		t.Run(strings.SplitAfter(url, "?")[1], func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			recu := make(chan string, 2) // le second essai n'est pas non plus en clair
			go func() {
				for range cap(recu) {
					recu <- recevoir(l, c.salut, c.refus, len(c.attendu))
				}
				l.Close() // les essais suivants ne trouvent plus personne
			}()
			ctx, liberer := context.WithTimeout(t.Context(), time.Minute)
			defer liberer()
			ouverte := make(chan error, 1)
			go func() {
				s, err := Ouvrir(ctx, strings.Replace(url, "HOTE", l.Addr().String(), 1), muet)
				if err == nil {
					s.Close()
				}
				ouverte <- err
			}()
			for range cap(recu) {
				if octets := <-recu; octets != c.attendu {
					t.Errorf("la base reçoit %q, attendu %q et rien d'autre", octets, c.attendu)
				}
			}
			liberer()
			if err := <-ouverte; err == nil || strings.Contains(err.Error(), "secret") {
				t.Errorf("Ouvrir(%s) = %v, attendu une erreur sans mot de passe", url, err)
			}
		})
	}
}

// recevoir joue une base : elle salue une connexion, refuse après n octets, et rend tout ce qu'elle a reçu.
func recevoir(l net.Listener, salut, refus string, n int) string {
	conn, err := l.Accept()
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second)) // au pire, une lecture échouée en dit moins qu'attendu
	_, _ = io.WriteString(conn, salut)
	debut := make([]byte, n)
	_, _ = io.ReadFull(conn, debut)
	_, _ = io.WriteString(conn, refus)
	reste, _ := io.ReadAll(conn)
	return string(debut) + string(reste)
}
