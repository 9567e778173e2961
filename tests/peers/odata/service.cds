// What Graph has of this shape, as far as the tests ask for it.
@path: '/v1.0'
service Graph {
  @cds.query.limit: { default: 100, max: 999 }
  entity users {
    key id : String(36);
    displayName : String;
    userPrincipalName : String not null;
    department : String;
    accountEnabled : Boolean;
    createdDateTime : Timestamp;
    employeeNumber : Integer;
  }
}
