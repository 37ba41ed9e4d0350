// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"reflect"
	"strconv"
	"strings"
)

// umaskBits are the words for the bits of a mask.
var umaskBits = map[string]int{
	"IRUSR": 0o400, "IWUSR": 0o200, "IXUSR": 0o100, "IRGRP": 0o040, "IWGRP": 0o020, "IXGRP": 0o010,
	"IROTH": 0o004, "IWOTH": 0o002, "IXOTH": 0o001,
}

// umask is a number as C writes them, or words joined with |.
var umask = value{name: "NUMBER or IRUSR|IWGRP...", out: reflect.TypeFor[*int](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	a, ok := d.need(n, 0)
	if !ok {
		return nil, false
	}
	if v, err := strconv.ParseInt(a.Text, 0, 64); err == nil && a.Text[0] != '-' {
		mask := int(v)
		if extra, more := n.arg(1); more {
			d.c.add(codeExtraArg, extra.Pos, "umask: %q behind the number is ignored", extra.Text)
		}
		if mask > 0o777 {
			d.c.add(codeNumber, a.Pos, "umask: %s is more than 0777; ignored", a.Text)
		}
		return &mask, mask <= 0o777
	}
	mask := 0
	for _, word := range strings.FieldsFunc(joinArgs(n.Args), func(r rune) bool { return r == '|' || r == ' ' }) {
		bit, ok := umaskBits[strings.TrimPrefix(word, "S_")]
		if !ok {
			d.c.addHint(codeValue, a.Pos, "bits are IRUSR IWUSR IXUSR IRGRP IWGRP IXGRP IROTH IWOTH IXOTH", "umask: unknown bit %q; ignored", word)
			return nil, false
		}
		mask |= bit
	}
	return &mask, true
}}

func joinArgs(args []Arg) string {
	var words []string
	for _, a := range args {
		words = append(words, a.Text)
	}
	return strings.Join(words, " ")
}
