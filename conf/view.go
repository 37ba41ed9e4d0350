// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"reflect"
	"time"
)

// view is a part of a Config as names and values, without places and with secrets
// masked. It is what a dump prints and a plan compares: made by reflection, so that a
// field that is added to the Config is never forgotten in either.
type view struct {
	name string // of the field; of an element of a list, what tells it from the others
	kind viewKind
	// scalar is a string, bool, number or nil; only for a leaf.
	scalar any
	// secret is what stands behind a mask. It is compared and never shown.
	secret string
	label  string // of a list: what an element is called
	keyed  bool   // of a list: its elements have identities, so that their order does not matter
	parts  []view // fields of an object, elements of a list
}

type viewKind uint8

const (
	viewLeaf viewKind = iota
	viewObject
	viewList
)

// viewOf gives the whole configuration.
func viewOf(c *Config) view {
	v := reflect.ValueOf(*c)
	w := viewer{homes: map[reflect.Type]bool{}, fields: map[reflect.Type][]viewField{}}
	for i := range v.NumField() {
		if t := v.Field(i).Type(); t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Pointer {
			w.homes[t.Elem()] = true
		}
	}
	return w.object("", v, true)
}

// viewer builds views.
type viewer struct {
	// homes are the types that the lists of the Config define: anywhere else a pointer
	// to one is a reference, shown as its name.
	homes  map[reflect.Type]bool
	fields map[reflect.Type][]viewField
}

var (
	posType      = reflect.TypeFor[Pos]()
	secretType   = reflect.TypeFor[Secret]()
	durationType = reflect.TypeFor[time.Duration]()
	bytesType    = reflect.TypeFor[[]byte]()
)

// viewField is a field that a view shows.
type viewField struct {
	index int
	name  string
	list  *listInfo // of a slice
	part  bool      // an embedded struct or a pointer to one, whose fields count as the outer one's
}

// fieldsOf gives the fields of a struct that are shown. They are found once for a type.
func (w viewer) fieldsOf(t reflect.Type) []viewField {
	if known, ok := w.fields[t]; ok {
		return known
	}
	var out []viewField
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() || f.Type == posType {
			continue
		}
		k := viewField{index: i, name: snake(f.Name), part: f.Anonymous && indirect(f.Type).Kind() == reflect.Struct}
		if f.Type.Kind() == reflect.Slice && f.Type != bytesType {
			info := listOf(t.Name()+"."+f.Name, k.name)
			k.list = &info
		}
		out = append(out, k)
	}
	w.fields[t] = out
	return out
}

// indirect gives what a type points to, or the type.
func indirect(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// object gives a struct. top says that it is the Config itself, whose lists are the home
// of what others only refer to by name.
func (w viewer) object(name string, v reflect.Value, top bool) view {
	fields := w.fieldsOf(v.Type())
	out := view{name: name, kind: viewObject, parts: make([]view, 0, len(fields))}
	for _, f := range fields {
		switch e := v.Field(f.index); {
		case f.part:
			out.parts = append(out.parts, w.object("", reflect.Indirect(e), top).parts...)
		case f.list != nil:
			out.parts = append(out.parts, w.list(*f.list, f.name, e, top))
		default:
			out.parts = append(out.parts, w.value(f.name, e, false))
		}
	}
	return out
}

// list gives a slice.
func (w viewer) list(info listInfo, name string, v reflect.Value, home bool) view {
	out := view{name: name, kind: viewList, label: info.label, keyed: len(info.key) > 0}
	if v.Len() == 0 {
		return out
	}
	out.parts = make([]view, 0, v.Len())
	seen := map[string]int{}
	for i := range v.Len() {
		e := w.value("", v.Index(i), home)
		if out.keyed {
			e.name = info.identity(e)
		} else {
			e.name = show(e)
		}
		if seen[e.name]++; seen[e.name] > 1 {
			e.name += fmt.Sprintf(" #%d", seen[e.name])
		}
		out.parts = append(out.parts, e)
	}
	return out
}

// value gives any value. home says that it is defined here: elsewhere, what has a name
// is given by its name.
func (w viewer) value(name string, v reflect.Value, home bool) view {
	if leaf, ok := leafOf(v); ok {
		leaf.name = name
		return leaf
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		switch {
		case v.IsNil():
			return view{name: name}
		case w.homes[v.Type()] && !home && v.Elem().FieldByName("Name").IsValid():
			return view{name: name, scalar: v.Elem().FieldByName("Name").String()}
		}
		return w.value(name, v.Elem(), home)
	case reflect.Struct:
		return w.object(name, v, false)
	case reflect.Slice, reflect.Array:
		return w.list(listInfo{label: name}, name, v, false)
	default:
		return view{name: name, scalar: fmt.Sprint(v.Interface())}
	}
}

// leafOf gives what is shown as one value: times in seconds, addresses and enumerations
// as text.
func leafOf(v reflect.Value) (view, bool) {
	switch v.Type() {
	case secretType:
		if v.Len() == 0 {
			return view{scalar: ""}, true
		}
		return view{scalar: Secret("").String(), secret: v.String()}, true
	case durationType:
		return view{scalar: time.Duration(v.Int()).Seconds()}, true
	}
	switch x := v.Interface().(type) {
	case []byte:
		return view{scalar: hex.EncodeToString(x)}, true
	case netip.Addr:
		return view{scalar: textOrNil(x.IsValid(), x)}, true
	case netip.Prefix:
		return view{scalar: textOrNil(x.IsValid(), x)}, true
	case Protocol:
		return view{scalar: protocolName(x)}, true
	case AuthType:
		return view{scalar: authTypeName(x)}, true
	}
	return plainLeaf(v)
}

func plainLeaf(v reflect.Value) (view, bool) {
	switch {
	case v.Kind() == reflect.String:
		return view{scalar: v.String()}, true
	case v.Kind() == reflect.Bool:
		return view{scalar: v.Bool()}, true
	case v.CanInt():
		return view{scalar: v.Int()}, true
	case v.CanUint():
		return view{scalar: v.Uint()}, true
	case v.CanFloat():
		return view{scalar: v.Float()}, true
	}
	return view{}, false
}

func textOrNil(ok bool, s fmt.Stringer) any {
	if !ok {
		return nil
	}
	return s.String()
}

func protocolName(p Protocol) string {
	switch p {
	case TCP:
		return "TCP"
	case UDP:
		return "UDP"
	case SCTP:
		return "SCTP"
	default:
		return ""
	}
}

func authTypeName(t AuthType) string {
	switch t {
	case AuthPass:
		return "PASS"
	case AuthAH:
		return "AH"
	default:
		return "none"
	}
}
