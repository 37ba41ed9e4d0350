// SPDX-License-Identifier: Apache-2.0

package conf

// row makes a row whose value is simply stored at a place of the draft.
func row[T, V any](name string, v value, def, since, doc string, at func(*T) *V) keyword {
	return keyword{
		name: name, value: v, def: def, since: since, doc: doc,
		set: to(func(t *T, got V) { *at(t) = got }),
	}
}

// firstWord makes a row of a word that counts once: what comes later is ignored.
func firstWord[T any](name, def, since, doc string, at func(*T) *string) keyword {
	return keyword{
		name: name, value: text, def: def, since: since, doc: doc,
		set: with(func(d *decoder, t *T, word string, n *Node) {
			if p := at(t); *p == "" {
				*p = word
				return
			}
			d.c.add(codeDuplicate, n.Pos, "%s is already given as %s; %s is ignored", n.Key, *at(t), word)
		}),
	}
}

// onRow makes a row of a keyword that is on when it is there.
func onRow[T any](name, since, doc string, at func(*T) *bool) keyword {
	return row(name, noValue, "off", since, doc, at)
}

// toggleRow makes a row of a keyword that may be followed by on or off.
func toggleRow[T any](name, since, doc string, at func(*T) *bool) keyword {
	return row(name, boolean, "off", since, doc, at)
}

// planned marks rows as read and not acted upon yet.
func plannedRows(rows ...keyword) []keyword {
	for i := range rows {
		rows[i].status = planned
	}
	return rows
}

// mild marks rows of which keepalived only complains when their argument is
// missing, instead of giving up.
func mild(rows ...keyword) []keyword {
	for i := range rows {
		rows[i].value = soft(rows[i].value)
	}
	return rows
}

// old marks a row as deprecated since a version, in favour of another word.
func old(version, better string, k keyword) keyword {
	k.deprecated, k.better = version, better
	return k
}

// loud marks a deprecated row as one that keepalived complains of.
func loud(k keyword) keyword {
	k.loud = true
	return k
}
