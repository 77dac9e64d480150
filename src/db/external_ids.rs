/// Narrows a boxed query to the rows that another system knows by the filter's `external_id` and
/// `external_system`.
macro_rules! by_external_id {
    ($query:ident, $filter:ident, $table:ident, $keys:ident . $owner:ident) => {
        if $filter.external_id.is_some() || $filter.external_system.is_some() {
            let mut keys = $keys::table.select($keys::$owner).into_boxed();
            if let Some(key) = &$filter.external_id {
                keys = keys.filter($keys::external_id.eq(key));
            }
            if let Some(system) = &$filter.external_system {
                keys = keys.filter($keys::system.eq(system));
            }
            $query = $query.filter($table::id.eq_any(keys));
        }
    };
}
pub(crate) use by_external_id;
