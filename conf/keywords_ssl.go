// SPDX-License-Identifier: Apache-2.0

package conf

// sslBlock is SSL.
var sslBlock = &block{
	name:  "SSL",
	enter: enterSSL,
	rows: []keyword{
		{
			name: "password", value: soft(text), since: "0.5.3", doc: "password of the key",
			set: with(func(d *decoder, s *SSL, word string, n *Node) {
				d.replaced(s.Password != "", n)
				s.Password = Secret(word)
			}),
		},
		sslFile("ca", "file of the authorities that checks with verify know", func(s *SSL) *string { return &s.CA }),
		sslFile("certificate", "file of the client's certificate and its chain", func(s *SSL) *string { return &s.Certificate }),
		sslFile("key", "file of the client's private key", func(s *SSL) *string { return &s.Key }),
	},
}

func sslFile(name, doc string, of func(*SSL) *string) keyword {
	return keyword{
		name: name, value: soft(text), since: "0.5.3", doc: doc,
		set: with(func(d *decoder, s *SSL, file string, n *Node) {
			d.replaced(*of(s) != "", n)
			*of(s) = file
		}),
	}
}

func enterSSL(d *decoder, _ any, n *Node) any {
	d.replaced(d.draft.ssl != nil, n)
	d.draft.ssl = &SSL{Pos: n.Pos}
	return d.draft.ssl
}

// replaced reports a keyword that takes the place of an earlier one.
func (d *decoder) replaced(there bool, n *Node) {
	if there {
		d.c.add(codeReplaced, n.Pos, "%s is given for the second time; the first one is replaced", n.Key)
	}
}
