//go:build unix

package releve

import "syscall"

// sansSuivre fait qu'une ouverture ne suit pas un lien et n'attend pas l'autre bout d'un tube.
const sansSuivre = syscall.O_NOFOLLOW | syscall.O_NONBLOCK
