package rapport

import "capteurs/tests/bareme"

// Noter note tous les rendus selon un barème. Elle rend les décisions qui ne portent sur aucun d'eux : un nom mal écrit, sans
// doute.
func (r *Rapport) Noter(b *bareme.Bareme, d bareme.Decisions) (perdues []bareme.Decision) {
	resume := b.Resume()
	r.Bareme = &resume
	noms := make([]string, 0, len(r.Rendus))
	for i := range r.Rendus {
		noms = append(noms, r.Rendus[i].Nom)
		r.Rendus[i].Note = b.Noter(r.Rendus[i].copie(), d)
	}
	return d.SansRendu(noms)
}

// copie rend ce qu'il faut de ce rendu pour le noter.
func (r *Rendu) copie() bareme.Copie {
	c := bareme.Copie{Nom: r.Nom, Erreur: r.Erreur}
	for _, e := range r.Etapes {
		c.Etapes = append(c.Etapes, e.Nom)
	}
	for _, j := range r.Jugements {
		c.Entrees = append(c.Entrees, bareme.Entree{Critere: j.Critere, Etape: j.Etape, Verdict: j.Verdict, Fait: j.Fait, Sur: j.Sur, Cause: j.Cause})
	}
	return c
}
