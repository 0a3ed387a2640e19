package main

// lecon est tout ce que la page et le texte montrent.
type lecon struct {
	etapes  [3]*etape
	groupes []*groupe
	rangs   map[*groupe][]rang
	// Ce que disent les README : à côté d'un groupe, en tête d'une étape, avec le piège, à la fin.
	aCote   map[*groupe][3][]bloc
	enTete  [3][]bloc
	lePiege []bloc
	bilan   []bloc
	piege   piege
}

// preparer réunit ce que les étapes ont à montrer.
func preparer(etapes [3]*etape) *lecon {
	l := &lecon{etapes: etapes, rangs: map[*groupe][]rang{}, aCote: map[*groupe][3][]bloc{}, piege: lirePiege(etapes)}
	for _, nom := range fichiers {
		l.groupes = append(l.groupes, grouper(etapes, nom)...)
	}
	for _, g := range l.groupes {
		l.rangs[g] = alignement(g)
	}
	for k, e := range etapes {
		for _, b := range e.blocs {
			switch sections[b.section] {
			case aCote:
				l.mettreACote(k, b)
			case lePiege:
				l.lePiege = append(l.lePiege, b)
			case bilan:
				l.bilan = append(l.bilan, b)
			}
		}
	}
	return l
}
