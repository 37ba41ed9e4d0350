// SPDX-License-Identifier: Apache-2.0

package conf

import "fmt"

// Pos is a place in a configuration file. For what came out of an expansion it
// is the place of the use.
type Pos struct {
	File string
	Line int // from 1
	Col  int // from 1, in runes
	// Via tells how the text came there: 0 for what is written so in the main
	// file, otherwise a number whose meaning is the Chain of a Diagnostic.
	Via int `json:"-"`
}

// String gives file:line:col.
func (p Pos) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col) }
