// SPDX-License-Identifier: Apache-2.0

package conf

import "fmt"

// Pos is a place in a configuration file.
type Pos struct {
	File string
	Line int // from 1
	Col  int // from 1, in runes
}

// String gives file:line:col.
func (p Pos) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col) }
