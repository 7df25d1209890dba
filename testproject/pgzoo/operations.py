from django.contrib.postgres.operations import CreateCollation


class CreatePortableCollation(CreateCollation):
    """A collation of ICU's where the server was built with it, else the plain one of the C library under that name.

    An operation of the project's own: what it does is not to be seen in its class, only in the state and the database.
    """

    def create_collation(self, schema_editor):
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_collation WHERE collname = 'und-x-icu')")
            (has_icu,) = cursor.fetchone()
        if not has_icu:
            schema_editor.execute(
                f'CREATE COLLATION {schema_editor.quote_name(self.name)} (provider = libc, locale = "C")'
            )
            return
        super().create_collation(schema_editor)
